/** A secret that tests plant, and that has no other reason to be in anything that is printed, sent or stored. */
interface PlantedSecret {
  readonly name: string;
  /** A part of it that is letters and digits alone, so that JSON, URLs and HTML leave it as it is. */
  readonly mark?: string;
  /** What it looks like, where it is another one each time, and how it begins. */
  readonly shape?: { readonly begin: string; readonly rest: RegExp };
}

/** In nearly every secret of the harness and of the tests that make their own. */
export const plantedMark = "pL4nt3dS3cr3t";

const plantedSecrets: readonly PlantedSecret[] = [
  { name: "a planted secret", mark: plantedMark },
  { name: "the simulator's client secret", mark: "Zq3vT8xWm5RkY1nLc7Hd2BpJs9GfUa4E" },
  { name: "a secret of the command line's tests", mark: "hunter2" },
  // Tokens of the simulator, of tests, and the assertions of private_key_jwt: header and payload begin with {"
  { name: "a JSON Web Token", shape: { begin: "eyJ", rest: /[\w-]{10,}\.eyJ[\w-]{4,}/ } },
  { name: "the header of a JSON Web Token", shape: { begin: "eyJhbGciOi", rest: /[\w-]{6,}/ } },
  { name: "a private key", shape: { begin: "-----BEGIN ", rest: /[A-Z ]{0,20}PRIVATE KEY-----/ } },
  { name: "a signing secret", shape: { begin: "whsec_", rest: /[\w+/]{32,}/ } },
];

/** What was found, and where. `around` shows the place without what was found. */
interface Finding {
  readonly secret: string;
  readonly around: string;
}

/** Looks through a text that comes piece by piece. What is torn by the border of two pieces is found, too. */
interface Scanner {
  scan(piece: string): Finding[];
}

/** Longer than what any pattern asks for. */
const tailLength = 256;
const contextLength = 60;

const encodings = plantedSecrets.map(({ name, mark = "", shape }) => {
  const begins = shape === undefined ? guisesOf(mark) : [shape.begin];
  return { name, begins, source: `(?:${begins.map(RegExp.escape).join("|")})${shape?.rest.source ?? ""}` };
});
const anySecret = new RegExp(encodings.map(({ source }) => `(${source})`).join("|"), "g");
/** Looking for a fixed text is much faster than the pattern, and nearly always enough. */
const begins = [...new Set(encodings.flatMap((encoding) => encoding.begins))];

export function createScanner(): Scanner {
  let tail = "";
  return {
    scan(piece) {
      const text = tail + piece;
      const seenBefore = tail.length;
      tail = text.slice(-tailLength);
      if (!begins.some((begin) => text.includes(begin))) return [];
      return [...text.matchAll(anySecret)]
        .filter(({ 0: found, index }) => index + found.length > seenBefore)
        .map((match) => toFinding(match, text));
    },
  };
}

function toFinding(match: RegExpExecArray, text: string): Finding {
  const { 0: found, index } = match;
  const before = text.slice(Math.max(0, index - contextLength), index);
  const after = text.slice(index + found.length, index + found.length + contextLength);
  const secret = encodings[match.slice(1).findIndex((group) => group !== undefined)]?.name ?? "?";
  return { secret, around: hideSecrets(`${before}[HERE]${after}`) };
}

/** Findings are printed; they must not become leaks of their own. */
export function hideSecrets(text: string): string {
  return text.replaceAll(anySecret, "[ANOTHER]");
}

/** The forms in which a text may be printed: as it is, in hex, percent-encoded, in base64 wherever it begins there. */
function guisesOf(text: string): string[] {
  const hex = Buffer.from(text).toString("hex");
  const percent = hex.replaceAll(/../g, "%$&");
  return [text, hex, hex.toUpperCase(), percent, percent.toUpperCase(), ...base64Guises(text)];
}

/** Three bytes become four characters, so a text looks like one of three, but for its ends, which mix with others. */
function base64Guises(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const begin = Math.ceil((offset * 8) / 6);
    const end = Math.floor((padded.length * 8) / 6);
    return (["base64", "base64url"] as const).map((name) => padded.toString(name).slice(begin, end));
  });
}
