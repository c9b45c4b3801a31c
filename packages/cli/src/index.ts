export { type ExitCode, exitCodes, type Io, type Terminal } from "./io.ts";
export { runCli } from "./program.ts";
