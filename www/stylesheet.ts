// The app's one stylesheet. It is a module rather than a .css file so that Node and Workers load it alike.

export const stylesheet = /* css */ `
:root {
	color-scheme: light dark;
	--ground: #f3f5f9;
	--glow: #dfe9fb;
	--card: #ffffff;
	--line: #dde2eb;
	--field: #7c879b;
	--ink: #14213a;
	--soft: #55617a;
	--accent: #0b5fd8;
	--accent-deep: #084bae;
	--on-accent: #ffffff;
	--warn: #a3400f;
	--warn-ground: #fdeee3;
	--shadow: 0 1px 2px rgb(20 33 58 / .06), 0 18px 50px -18px rgb(20 33 58 / .25);
}

@media (prefers-color-scheme: dark) {
	:root {
		--ground: #0f141d;
		--glow: #15233c;
		--card: #18202d;
		--line: #2c3748;
		--field: #78869d;
		--ink: #edf1f8;
		--soft: #a3b0c5;
		--accent: #7db0ff;
		--accent-deep: #a5c8ff;
		--on-accent: #0a1a33;
		--warn: #ffb184;
		--warn-ground: #3a2418;
		--shadow: 0 18px 50px -18px rgb(0 0 0 / .7);
	}
}

* { box-sizing: border-box; }

body {
	margin: 0;
	min-height: 100vh;
	min-height: 100svh;
	display: grid;
	grid-template-rows: 1fr auto;
	justify-items: center;
	align-items: center;
	gap: 1.5rem;
	padding: 1.5rem 1rem;
	background: radial-gradient(60rem 30rem at 50% -6rem, var(--glow), transparent) no-repeat var(--ground);
	color: var(--ink);
	font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}

main { width: min(100%, 26rem); }
.profile main { width: min(100%, 32rem); }
.playground main { width: min(100%, 72rem); align-self: start; }

.card main, .profile main, .panel {
	min-width: 0;
	padding: 2.5rem clamp(1.25rem, 7vw, 2rem) 2rem;
	border: 1px solid var(--line);
	border-radius: 1.25rem;
	background: var(--card);
	box-shadow: var(--shadow);
}
.card main { text-align: center; }

[hidden] { display: none !important; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.mark { display: block; margin: 0 auto 1.25rem; }

h1 {
	margin: 0 0 .5rem;
	font-size: 1.625rem;
	line-height: 1.2;
	letter-spacing: -.015em;
	text-wrap: balance;
	overflow-wrap: anywhere;
}

p { margin: 0 0 1.75rem; color: var(--soft); text-wrap: pretty; }

.card p { text-wrap: balance; }

.eyebrow { margin: 0 0 .25rem; font-size: .875rem; }

.button {
	display: block;
	width: 100%;
	padding: .8125rem 1.25rem;
	border: 1px solid transparent;
	border-radius: .75rem;
	background: var(--accent);
	color: var(--on-accent);
	font: inherit;
	font-weight: 600;
	text-decoration: none;
	cursor: pointer;
}
.button:hover { background: var(--accent-deep); }
.button.quiet { border-color: var(--line); background: transparent; color: var(--ink); }
.button.quiet:hover { border-color: var(--soft); }

.back { display: inline-block; margin-top: .75rem; padding: .5rem; color: var(--accent); text-underline-offset: .2em; }
p + .back { margin-top: -.5rem; }

:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .75rem; }

.picture {
	position: relative;
	display: grid;
	place-items: center;
	width: 5.5rem;
	height: 5.5rem;
	margin: 0 auto 1.25rem;
	border-radius: 50%;
	overflow: hidden;
	background: var(--accent);
	color: var(--on-accent);
	font-size: 1.75rem;
	font-weight: 600;
}
/* No fixed size: a picture that does not load takes no space, and the initials below it show. */
.picture img { position: absolute; inset: 0; margin: auto; max-width: 100%; max-height: 100%; }

.sign {
	display: grid;
	place-items: center;
	width: 3rem;
	height: 3rem;
	margin: 0 auto 1.25rem;
	border-radius: 50%;
	background: var(--warn-ground);
	color: var(--warn);
	font-size: 1.5rem;
	font-weight: 700;
}
.sign.neutral { background: color-mix(in srgb, var(--accent) 16%, var(--card)); color: var(--accent); }

dl { margin: 1.5rem 0 1.75rem; border-top: 1px solid var(--line); text-align: left; }
dl div { padding: .625rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: .8125rem; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }

.code, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }

h2 { margin: 1.75rem 0 .5rem; font-size: 1rem; line-height: 1.3; }
a { color: var(--accent); text-underline-offset: .2em; }
.button { text-align: center; }
a.button { color: var(--on-accent); }

.person { display: flex; align-items: center; gap: 1.25rem; }
.person .picture { flex: none; margin: 0; }
.person h1 { margin: 0; }
.profile dl { margin-bottom: 0; }
.profile section ul { margin: 0; padding: 0; list-style: none; }
.profile li { padding: .375rem 0; overflow-wrap: anywhere; }
.profile li code { display: block; color: var(--soft); }
.profile form { margin-top: 2rem; }
.none { margin: 0; }

footer { display: flex; flex-wrap: wrap; justify-content: center; gap: .25rem 1.25rem; color: var(--soft); font-size: .875rem; }

.playground header { max-width: 44rem; padding: 1.5rem 0 .5rem; }
.playground h1 { font-size: clamp(1.75rem, 5vw, 2.5rem); letter-spacing: -.025em; }
.playground header p { margin-bottom: 1rem; font-size: 1.0625rem; }
.panel { padding: 1.5rem clamp(1rem, 4vw, 1.75rem); }
.panel h2 { margin: 0 0 1rem; font-size: 1.125rem; }
.columns, .results { display: grid; gap: 1.25rem; align-items: start; }
.results { min-width: 0; }
@media (min-width: 60rem) { .columns { grid-template-columns: 22rem minmax(0, 1fr); } }

.panel > label { display: block; margin: 0 0 .375rem; font-size: .875rem; font-weight: 600; }
.panel > input {
	display: block;
	width: 100%;
	margin: 0 0 1rem;
	padding: .625rem .75rem;
	border: 1px solid var(--field);
	border-radius: .625rem;
	background: var(--ground);
	color: inherit;
	font: .875rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
.panel > input::placeholder { color: var(--soft); opacity: 1; }

summary {
	display: flex;
	justify-content: space-between;
	align-items: center;
	padding: .625rem .25rem .625rem 0;
	border-top: 1px solid var(--line);
	font-weight: 600;
	list-style: none;
	cursor: pointer;
}
summary::-webkit-details-marker { display: none; }
summary::after { content: ""; width: .5rem; height: .5rem; border: solid var(--soft); border-width: 0 2px 2px 0; transform: translateY(-25%) rotate(45deg); }
[open] > summary::after { transform: translateY(25%) rotate(225deg); }
.scopes { margin: 0 0 .75rem; padding: 0; list-style: none; }
.scopes label { display: flex; gap: .625rem; padding: .375rem 0; font-size: .9375rem; line-height: 1.4; cursor: pointer; }
.scopes span { min-width: 0; overflow-wrap: anywhere; }
.scopes code { display: block; color: var(--soft); font-size: .8125rem; }
.scopes input {
	appearance: none;
	flex: none;
	display: grid;
	place-items: center;
	width: 1.125rem;
	height: 1.125rem;
	margin: .125rem 0 0;
	border: 1px solid var(--field);
	border-radius: .3125rem;
	background: var(--ground);
	cursor: inherit;
}
.scopes input:checked { border-color: var(--accent); background: var(--accent); }
.scopes input:checked::before { content: ""; width: .375rem; height: .625rem; border: solid var(--on-accent); border-width: 0 2px 2px 0; transform: translateY(-1px) rotate(45deg); }
.scopes label:has(:disabled) { cursor: default; }
.scopes input:disabled { opacity: .5; }

.url { margin: 0; padding: .75rem; border-radius: .75rem; background: var(--ground); list-style: none; font: .875rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.url button {
	display: block;
	width: 100%;
	padding: .1875rem .5rem .1875rem 1.5rem;
	border: 0;
	border-left: 3px solid transparent;
	border-radius: .25rem;
	background: none;
	color: var(--soft);
	font: inherit;
	text-align: left;
	/* Shows that overflowing text belongs to the part above. */
	text-indent: -1rem;
	overflow-wrap: anywhere;
	cursor: help;
}
.url b { color: var(--accent); font-weight: 600; }
.url span { color: var(--ink); }
.url button:hover, .url button.chosen { border-left-color: var(--accent); background: var(--glow); }
.url button:focus-visible { outline-offset: -2px; border-radius: .25rem; }
.explanations { margin: 1rem 0; }
.explanations p { margin: 0 0 .75rem; }
.explanations code { color: var(--ink); font-weight: 600; }
/* As tall as the longest explanation, so that nothing below moves. */
.url:not([hidden]) ~ .explanations { min-height: 6.25rem; }
.problem, .notice { margin: 0; padding: .75rem 1rem; border-radius: .75rem; background: var(--warn-ground); color: var(--warn); }
/* Appears late: usually the script hides it before. */
.notice { animation: appear 0s 1.5s both; }
@keyframes appear { from { visibility: hidden; } }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0 0 1rem; }
.actions .button { width: auto; min-width: 9.5rem; flex: 0 1 auto; }
.aside { margin: 0; font-size: .875rem; }
.table + .aside { margin-bottom: 1rem; }
#measure { margin-bottom: -1rem; }

.code-bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .75rem; margin-bottom: .75rem; }
.code-bar .button { width: auto; min-width: 7rem; padding: .4375rem 1rem; }
.choice { display: flex; margin: 0; padding: .1875rem; border: 0; border-radius: .75rem; background: var(--ground); }
.choice label { position: relative; cursor: pointer; }
.choice input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.choice span { display: block; padding: .375rem .875rem; border-radius: .5625rem; color: var(--soft); }
.choice :checked + span { background: var(--card); color: var(--ink); font-weight: 600; box-shadow: 0 1px 3px rgb(0 0 0 / .2); }
.choice :focus-visible + span { outline: 3px solid var(--accent); }
pre { max-height: 26rem; margin: 0; padding: 1rem; overflow: auto; border-radius: .75rem; background: var(--ground); font-size: .875rem; line-height: 1.55; tab-size: 2; }

.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td { padding: .5rem .5rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left; font-variant-numeric: tabular-nums; }
tbody th { color: var(--soft); font-weight: 400; }
table + p { margin-top: 1rem; }
.table + .aside { margin-top: 1rem; }

@media (max-width: 30rem) { .person { flex-direction: column; text-align: center; gap: .75rem; } .actions .button, .code-bar > *, .choice label { flex: 1 1 100%; } .choice { text-align: center; } }
@media (prefers-reduced-motion: no-preference) { .button, .url button { transition: background-color .12s, border-color .12s; } }
@media (forced-colors: active) { .choice :checked + span, .button { border: 1px solid; } .button:hover { border-color: Highlight; } .url button { border-left-color: Canvas; } .url button:hover, .url button.chosen { border-left-color: Highlight; } .scopes input { appearance: auto; } .scopes input::before { display: none; } }
`;
