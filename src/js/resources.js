// Creates the result of `getAccessibleResources` with its bound methods. Rust would need many calls across the
// boundary for that. `resources.rs` decides its content.

// `exports` are the exports of the wasm. The methods are bound to `listed`, all sites with their URLs, because the app
// may change `sites`.
export const newResources = ({ siteAt, onlySite }, sites, listed) => ({
	sites,
	site: siteAt.bind(undefined, listed),
	only: onlySite.bind(undefined, listed)
});
