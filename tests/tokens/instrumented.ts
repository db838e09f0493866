// A Worker in which instrumentation was there before the package: it took the place of `fetch`, and lets it look like
// the runtime's own. Responds with what the first call gave to it: for each argument, whether it was a `Request`.

const { toString } = Function.prototype;
const { fetch } = globalThis;
let given: boolean[] | undefined;
const wrapper = async (...args: unknown[]) => {
	given = args.map((arg) => arg instanceof Request);
	return Response.json({ access_token: "token" });
};
Function.prototype.toString = function () {
	return toString.call(this === wrapper ? fetch : this);
};
globalThis.fetch = wrapper as typeof fetch;

export default {
	async fetch(): Promise<Response> {
		const { validateOAuth2AuthorizationCode } = await import("lucia-atlassian");
		await validateOAuth2AuthorizationCode("code", "https://auth.example/token", { clientId: "id" });
		return Response.json({ given, source: String(wrapper) });
	},
};
