/** The longest text of a number that is looked at closely, in characters. No double needs as many. */
const maxNumberLength = 400;

/**
 * What OTLP has that means the very number that a JSON text says: an int64 (as a bigint) or a double; where neither
 * does, the text itself, which keeps every digit.
 *
 * It goes by the number and not by how it is written: 1.0 and 1e3 are integers, 12345678901234567000 is a double.
 */
export function readNumber(text: string): bigint | number | string {
  if (/^-?\d{1,19}$/.test(text) && isInt64(BigInt(text))) return BigInt(text);
  if (text.length > maxNumberLength) return text;
  const double = Number(text);
  if (!Number.isFinite(double) || canonical(String(double)) !== canonical(text)) return text;
  if (!Number.isInteger(double) || !isInt64(BigInt(double))) return double;
  return BigInt(String(double));
}

function isInt64(integer: bigint): boolean {
  return BigInt.asIntN(64, integer) === integer;
}

/** The same for every notation of a number: its digits without zeros at either end, and the power of ten behind them. */
function canonical(text: string): string {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${mantissa.startsWith("-") ? "-" : ""}${significant}e${power}`;
}
