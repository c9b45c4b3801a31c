export class AsClass {
  constructor(options) {
    this.options = options;
  }
  export(_logs, callback) {
    callback({ code: 0 });
  }
  async forceFlush() {}
  async shutdown() {}
}

export function asFunction(options) {
  return new AsClass(options);
}
export const asArrow = (options) => new AsClass(options);
export const asAsync = async (options) => new AsClass(options);
export default AsClass;
