// Descriptions of Atlassian's scopes, for the app, its playground, the consent page of the stand-in, and `check`.

export type Product = "jira" | "confluence";

/** The classic scopes, which cover a product each; granular ones follow a rule, see `scopeInWords`. */
export const classicScopes: Record<string, string> = {
	"read:me": "View your profile: name, picture, email address and job",
	"read:account": "View your account's profile",
	"report:personal-data": "Report the personal data that it stores",
	offline_access: "Keep this access while you are not using the app",
	"read:jira-user": "View people in Jira: names, email addresses, pictures",
	"read:jira-work": "View Jira projects, issues, comments and attachments",
	"write:jira-work": "Create and edit Jira issues, comments and worklogs, and delete them",
	"manage:jira-project": "Change Jira project settings, components and versions",
	"manage:jira-configuration": "Change the settings of the whole Jira site",
	"manage:jira-webhook": "Add and remove Jira webhooks",
	"manage:jira-data-provider": "Send development and deployment data to Jira",
	"read:servicedesk-request": "View requests in Jira Service Management",
	"write:servicedesk-request": "Create and edit requests in Jira Service Management",
	"manage:servicedesk-customer": "Manage customers in Jira Service Management",
	"read:confluence-space.summary": "View the names and summaries of Confluence spaces",
	"read:confluence-props": "View the properties of Confluence content",
	"write:confluence-props": "Change the properties of Confluence content",
	"manage:confluence-configuration": "Change the settings of the whole Confluence site",
	"read:confluence-content.all": "View all Confluence pages, posts, comments and attachments",
	"read:confluence-content.summary": "View summaries of Confluence content",
	"read:confluence-content.permission": "View who may see Confluence content",
	"read:confluence-user": "View people in Confluence",
	"read:confluence-groups": "View groups of people in Confluence",
	"write:confluence-content": "Create and edit Confluence pages, posts and comments",
	"write:confluence-space": "Create and edit Confluence spaces",
	"write:confluence-file": "Upload attachments to Confluence",
	"write:confluence-groups": "Add and remove groups of people in Confluence",
	"search:confluence": "Search Confluence",
	"readonly:content.attachment:confluence": "Download attachments from Confluence",
};

const granularVerbs: Record<string, string> = { read: "View", write: "Create and edit", delete: "Delete", manage: "Manage" };
const granularProducts: Record<string, string> = {
	jira: "Jira",
	"jira-software": "Jira boards",
	"jira-service-management": "Jira Service Management",
	servicedesk: "Jira Service Management",
	confluence: "Confluence",
};
const granularScope = /^(read|write|delete|manage):([a-z]+(?:[-.][a-z]+)*):([a-z-]+)$/;

/** The description of a scope; `undefined` for an unknown scope. */
export function scopeInWords(scope: string): string | undefined {
	if (Object.hasOwn(classicScopes, scope)) return classicScopes[scope];
	const [, verb = "", thing = "", product = ""] = granularScope.exec(scope) ?? [];
	if (!Object.hasOwn(granularProducts, product)) return undefined;
	return `${granularVerbs[verb]} ${thing.replace(/[-.]/g, " ")} data in ${granularProducts[product]}`;
}

/** The product of a scope; `undefined` for scopes on the account itself. */
export function productOf(scope: string): Product | undefined {
	if (scope.includes("confluence")) return "confluence";
	return scope.includes("jira") || scope.includes("servicedesk") ? "jira" : undefined;
}
