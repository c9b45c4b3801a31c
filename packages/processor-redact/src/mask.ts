/** Stands where something was. */
export const mask = "[redacted]";
