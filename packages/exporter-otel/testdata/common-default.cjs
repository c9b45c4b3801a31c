module.exports = class {
  constructor(options) {
    this.options = options;
  }
  export(_logs, callback) {
    callback({ code: 0 });
  }
  async shutdown() {}
};
