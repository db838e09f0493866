// What esbuild makes of an import of a .wasm file: its address.

declare module "*.wasm" {
	const address: string;
	export default address;
}
