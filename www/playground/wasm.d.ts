// For esbuild, an import of a .wasm file is its URL.

declare module "*.wasm" {
	const address: string;
	export default address;
}
