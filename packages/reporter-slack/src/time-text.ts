/** `2026-03-02 09:00:00 UTC` */
export function utcText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const durationFormat = new Intl.DurationFormat("en", { style: "long" });

/** The two largest units that count: `2 hours, 5 minutes`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const units = {
    days: Math.floor(seconds / 86_400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
  const largest = Object.entries(units)
    .filter(([, amount]) => amount > 0)
    .slice(0, 2);
  return largest.length === 0 ? "less than a second" : durationFormat.format(Object.fromEntries(largest));
}
