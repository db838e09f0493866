// Shows the steps that run: a line for each with its name, why it runs, how long it usually takes, and a clock. A
// terminal redraws the lines; a file or a pipe gets a new line now and then.

const SECONDS_BETWEEN_REPORTS = 30;

export const screen = process.stdout;

/** The steps that run. */
export const running = new Set();

/** A duration for people, such as `41 s` or `2 min 5 s`. */
export function duration(seconds) {
	const rest = seconds % 60;
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ""}`;
}

export const age = ({ started }) => Math.round((Date.now() - started) / 1000);

const bar = ({ done, total }, length) => `[${"#".repeat((length * done) / total).padEnd(length)}]`;

/**
 * The line of a step that runs. It fits the terminal: a wrapped line could not be drawn again. Where space is short,
 * `why` is cut first, then the bar.
 */
function line(step) {
	const { name, why, usual, count } = step;
	const width = (screen.columns || 80) - 1;
	const time = duration(age(step)) + (usual && `, ${usual}`);
	const join = (...parts) => `- ${parts.filter(Boolean).join("  ")}`;
	const counted = count ? `${count.done}/${count.total}` : "";
	const bars = count ? [`${bar(count, 20)} ${counted} crates`, `${bar(count, 10)} ${counted} crates`, `${bar(count, 10)} ${counted}`] : [];
	const states = [...[...bars, counted].map((progress) => [progress, time]), [time]];
	const state = states.find((state) => join(name, ...state).length <= width) ?? [time];
	const space = width - join(`${name}: `, ...state).length;
	if (!why || space < 5) return join(name, ...state).slice(0, width);
	return join(`${name}: ${why.length > space ? `${why.slice(0, space - 1)}…` : why}`, ...state);
}

let drawn = 0;

/** Prints a line above those of the steps that run, and draws these again. */
function draw(text = "") {
	const erase = drawn ? `\x1b[${drawn}A\x1b[J` : "";
	drawn = running.size;
	screen.write(erase + text + [...running].map((step) => `${line(step)}\n`).join(""));
}

/** Prints a line. */
export const print = (text) => (screen.isTTY ? draw(`${text}\n`) : screen.write(`${text}\n`));

/** Shows the progress of the steps: on a terminal each time, in a file twice a minute. */
export function report() {
	if (screen.isTTY) return draw();
	for (const step of running) {
		const seconds = age(step);
		if (seconds - step.reported < SECONDS_BETWEEN_REPORTS) continue;
		step.reported = seconds;
		const crates = step.count ? `${step.count.done} of ${step.count.total} crates, ` : "";
		print(`${step.name}: ${crates}${duration(seconds)} so far`);
	}
}
