// Catches the package's wasm instance on its way, so that its memory can be measured: to be imported
// before the package. The instance is the package's own affair and nothing else gives it away.

let instances = 0;
let memory: WebAssembly.Memory | undefined;
let tables: WebAssembly.Table[] = [];

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
	const instance = new Instance(module, imports);
	const exported = Object.values(instance.exports);
	instances += 1;
	memory = exported.find((value) => value instanceof WebAssembly.Memory);
	tables = exported.filter((value) => value instanceof WebAssembly.Table);
	return instance;
} as unknown as typeof Instance;

/** How many instances were made, and of the latest its memory in bytes and the length of its tables. */
export const wasm = () => ({
	instances,
	memory: memory?.buffer.byteLength ?? 0,
	table: tables.reduce((sum, { length }) => sum + length, 0)
});
