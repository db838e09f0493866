// Creates the result of `getAccessibleResources` with its bound methods. Rust would need many calls across the
// boundary for that. `resources.rs` decides its content.

// `exports` are the exports of the wasm. The methods are bound to `sitesWithUrls`, all sites with their URLs, because the app
// may change `sites`.
export const newResources = ({ siteAt, onlySite }, sites, sitesWithUrls) => ({
	sites,
	site: siteAt.bind(undefined, sitesWithUrls),
	only: onlySite.bind(undefined, sitesWithUrls)
});
