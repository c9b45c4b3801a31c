// Loaded into either engine by --import: this machine's clock is wrong by CLOCK_OFFSET_MS.
const offsetMs = Number(process.env.CLOCK_OFFSET_MS);
const TrueDate = Date;

globalThis.Date = class ShiftedDate extends TrueDate {
  constructor(...parts) {
    if (parts.length === 0) super(TrueDate.now() + offsetMs);
    else super(...parts);
  }
  static now() {
    return TrueDate.now() + offsetMs;
  }
};
