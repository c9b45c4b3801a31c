export const settings = {};
export class Half {
  export() {}
}
export class Nothing {}
export const nothing = () => undefined;
export function broken() {
  throw new Error("url is missing");
}
export const rejects = async () => {
  throw new Error("url is missing");
};
