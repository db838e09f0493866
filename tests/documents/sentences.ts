// The sentences of Markdown and of doc comments, for the test that keeps them short. Code blocks and comments of
// Markdown are left out; a span of code is one word.

/** A table's cell that names a test, as in SECURITY.md: the test's title is not prose. */
const TEST = /^`[^`]+\.(ts|rs)`: /;

/** The prose of a Markdown file: paragraphs, entries of lists, cells of tables. */
export function prose(markdown: string): string[] {
	const text = markdown.replace(/^```.*?^```/gms, "").replace(/<!--.*?-->/gs, "");
	return text.split("\n").flatMap((line) => (line.startsWith("|") ? line.split("|").map((cell) => cell.trim()) : [line])).filter((block) => !TEST.test(block));
}

/** The prose of the doc comments of a TypeScript or JavaScript file: paragraphs, and what follows each tag. */
export function docComments(source: string): string[] {
	return [...source.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap(([, comment = ""]) =>
		comment
			.replace(/^[ \t]*\* ?/gm, "")
			.replace(/^```.*?^```/gms, "")
			.replaceAll(/\{@link (?:\S+\|)?([^}]+)\}/g, "`$1`")
			.split(/\n\s*\n|\n(?=[-@])/)
			.map((paragraph) => paragraph.trim().replaceAll(/\s+/g, " ").replace(/^@(?:param \S+ -?|returns|see \S+)/, "")),
	);
}

/** The sentences of prose. A colon ends none. */
export function sentences(prose: string[]): string[] {
	return prose.flatMap((block) =>
		block
			.replaceAll(/`[^`]*`/g, "Code")
			.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
			.replaceAll(/<[^>]*>|\*\*|^[#>*-]+ /g, "")
			.split(/(?<=[.!?]\)?)\s+(?=[\p{Lu}([])/u)
			.map((sentence) => sentence.trim())
			.filter((sentence) => /\p{L}/u.test(sentence)),
	);
}

export const words = (sentence: string) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
