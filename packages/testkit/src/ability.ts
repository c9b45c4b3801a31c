/**
 * What a source or a destination can be made to do in a test; what it returns is waited for. Where it cannot, the reason
 * stands in its place, and the cases that need it are reported as skipped, with that reason.
 */
export type Ability<Act extends AnyAct = () => unknown> = Act | { readonly cannot: string };

export type AnyAct = (...args: never[]) => unknown;
