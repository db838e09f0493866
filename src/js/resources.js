// Makes the object that `getAccessibleResources` resolves to. `resources.rs` decides what it holds.

// `site` and `only` are bound to all addresses with their sites: the app may do with `sites` what it likes.
export const newResources = (sites, addresses, site, only) => ({
	sites,
	site: site.bind(undefined, addresses),
	only: only.bind(undefined, addresses)
});
