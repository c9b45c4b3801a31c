import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { attributeMap } from "./attribute-map.ts";

const page = new URL("../../../docs/attribute-map.md", import.meta.url);

test("docs/attribute-map.md is the map", async () => {
  expect(cellsOf(await readFile(page, "utf8"))).toEqual(cellsOf(renderAttributeMap()));
});

test("no attribute stands in the map twice", () => {
  const names = attributeMap.map(({ attribute }) => attribute);
  expect(new Set(names).size).toBe(names.length);
});

/** Lines, and the cells of tables however they are padded. */
function cellsOf(text: string): string[] {
  return text.split("\n").map((line) =>
    line
      .split("|")
      .map((cell) => (/^ *-+ *$/.test(cell) ? "---" : cell.trim()))
      .join("|"),
  );
}

/** The page as it should be: after a change of the map, the one to put there. */
function renderAttributeMap(): string {
  const rows = attributeMap.map(({ attribute, source }) => `| \`${attribute}\` | ${source} |`);
  return `# Attribute map

What \`@loghook/receiver-auth0\` makes of an Auth0 log entry. A test keeps this page and the code equal.

The **body** of a record is the entry itself, as Auth0 wrote it. Beside it stand:

| part of the record | from |
| --- | --- |
| time | \`date\`; where there is none that can be read, the time in the \`log_id\`; else the time of reading |
| observed time | when the page was asked for |
| event name | \`auth0.\` and the \`type\` |
| severity number | the level of the event type: debug 5, info 9, warning 13, error 17, critical 21; an unknown type: 0 |
| severity text | \`debug\`, \`info\`, \`warning\`, \`error\`, \`critical\`; an unknown type: none |
| resource | \`service.name\`: \`auth0\`, \`auth0.domain\`: the setting \`domain\`, and what \`resource_attributes\` adds |

## Attributes

Only texts that are not empty, numbers and truth values become attributes; what an entry does not have is left out.
Names are those of [OpenTelemetry's semantic conventions](https://opentelemetry.io/docs/specs/semconv/registry/attributes/)
where there is one for the meaning. \`geo.*\` is where the client is.

| attribute | from |
| --- | --- |
${rows.join("\n")}
`;
}
