// Makes the object that `getAccessibleResources` resolves to. `resources.rs` decides what it holds.

// `site` and `only` are bound to all sites with their addresses: the app may do with `sites` what it likes.
export const newResources = (sites, listed, site, only) => ({
	sites,
	site: site.bind(undefined, listed),
	only: only.bind(undefined, listed)
});
