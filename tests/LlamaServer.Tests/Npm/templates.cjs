// Renders chat templates with the npm package @huggingface/jinja, and prints the texts as a JSON array; null where one cannot be rendered.
// Usage: node templates.cjs NODE_MODULES FILE, with { templates: [text], cases: [{ template: index, variables }] } in the file.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const path = require('node:path');

const [modules, file] = process.argv.slice(2);
const { Template } = createRequire(path.join(modules, 'index.js'))('@huggingface/jinja');
const input = JSON.parse(readFileSync(file, 'utf8'));
const templates = input.templates.map(text => new Template(text));

function render({ template, variables }) {
  try {
    return templates[template].render(variables);
  } catch {
    return null;
  }
}

console.log(JSON.stringify(input.cases.map(render)));
