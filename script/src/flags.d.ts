/** Is this the build that also tells what became of a search and what was clicked? The build puts true or false in its place. */
declare const EVERYTHING: boolean
