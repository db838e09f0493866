// Creates the URLs and bodies of the functions for other providers by the runtime's own classes, as
// `@lucia-auth/oauth` does: they convert values of other types. `other_providers.rs` decides the parameters.

export const newUrl = (address, parameters) => {
	const url = new URL(address);
	for (const [name, value] of parameters) url.searchParams.set(name, value);
	return url;
};

export const newForm = (parameters) => new URLSearchParams(parameters).toString();
