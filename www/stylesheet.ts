// The app's one stylesheet. It is a module rather than a .css file so that Node and Workers load it alike.

export const stylesheet = /* css */ `
:root {
	color-scheme: light dark;
	--ground: #f3f5f9;
	--glow: #dfe9fb;
	--card: #ffffff;
	--line: #dde2eb;
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

main {
	width: min(100%, 26rem);
	padding: 2.5rem clamp(1.25rem, 7vw, 2rem) 2rem;
	border: 1px solid var(--line);
	border-radius: 1.25rem;
	background: var(--card);
	box-shadow: var(--shadow);
	text-align: center;
}

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
/* No fixed size: a picture that does not load then takes no room, and the initials below it show. */
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
.sign.neutral { background: var(--glow); color: var(--accent); }

dl { margin: 1.5rem 0 1.75rem; border-top: 1px solid var(--line); text-align: left; }
dl div { padding: .625rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: .8125rem; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }

.code, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }

footer { color: var(--soft); font-size: .875rem; }
`;
