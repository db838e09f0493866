// Makes the objects of sites. `resources.rs` decides what they hold.

// The same order for reading an entry and for making a site. `scopes` are those before `products`.
export const readSite = ({ id, url, name, avatarUrl, scopes }) => [id, url, name, avatarUrl, scopes];

export const newSite = ([id, url, name, avatarUrl, ...scopes], count) => {
	const products = scopes.splice(count);
	return { id, url, name, avatarUrl, scopes, products };
};

// `site` and `only` are bound to the sites.
export const newResources = (sites, site, only) => ({
	sites,
	site: site.bind(undefined, sites),
	only: only.bind(undefined, sites)
});
