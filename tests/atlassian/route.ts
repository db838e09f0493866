// The demo app has to find its way to the stand-in without this folder, so the way is kept there.
export * from "../../www/stand-in.ts";
