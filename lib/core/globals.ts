// Types that the declarations of the public functions name and that a user's `lib` may lack: @types/node, the DOM's library and
// esnext.disposable declare the same, and declarations of interfaces add up.
declare global {
  interface AbortSignal {}
  interface URL {}
  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }
}

export {};
