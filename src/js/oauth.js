// Makes the URLs and bodies of the functions for other providers by the runtime's own classes, as the published package
// does: they say what a value of another type becomes. `oauth.rs` decides what the parameters are.

export const newUrl = (address, parameters) => {
	const url = new URL(address);
	for (const [name, value] of parameters) url.searchParams.set(name, value);
	return url;
};

export const newForm = (parameters) => new URLSearchParams(parameters).toString();
