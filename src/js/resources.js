// Makes the object that `getAccessibleResources` resolves to, whose methods are bound: in Rust, that takes many calls
// across the boundary. `resources.rs` decides what it holds.

// `exports` are those of the wasm. Two of them are bound to all sites with their addresses: the app may do with `sites`
// what it likes.
export const newResources = ({ siteAt, onlySite }, sites, listed) => ({
	sites,
	site: siteAt.bind(undefined, listed),
	only: onlySite.bind(undefined, listed)
});
