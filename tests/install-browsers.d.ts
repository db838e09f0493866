// The types of install-browsers.js, which is JavaScript because the test runner imports it.

/** Chromium and chromedriver; gives the chromedriver. */
export function installChromium(): string;

/** Firefox and geckodriver; gives the geckodriver. */
export function installFirefox(): string;
