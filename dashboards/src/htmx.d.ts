// The package types its main file; this is the same object as a module.
declare module 'htmx.org/dist/htmx.esm.js' {
  const htmx: { version: string; process(element: Element): void }
  export default htmx
}
