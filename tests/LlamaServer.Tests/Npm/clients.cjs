// Runs the stock Ollama and OpenAI clients against a server, and prints what they returned as one JSON object.
// Usage: node clients.cjs NODE_MODULES ENDPOINT MODEL SECRET
const { createRequire } = require('node:module');
const path = require('node:path');

const [modules, endpoint, model, secret] = process.argv.slice(2);
const load = createRequire(path.join(modules, 'index.js'));
const { Ollama } = load('ollama');
const OpenAI = load('openai').default;

const messages = [{ role: 'user', content: 'one two three' }];

async function collect(stream, pick) {
  const parts = [];
  for await (const part of stream) parts.push(pick(part));
  return parts;
}

async function failure(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status ?? error.status_code, message: String(error.message) };
  }
}

async function ollama() {
  const client = new Ollama({ host: endpoint, headers: { Authorization: `Bearer ${secret}` } });
  const options = { num_predict: 4, num_ctx: 512 };
  const show = await client.show({ model });
  return {
    list: (await client.list()).models,
    family: show.details.family,
    generate: await client.generate({ model, prompt: 'one two three', raw: true, options }),
    generateStream: await collect(await client.generate({ model, prompt: 'one', raw: true, stream: true, options }), part => part),
    chat: await client.chat({ model, messages, options }),
    chatStream: await collect(await client.chat({ model, messages, stream: true, options }), part => part),
    running: (await client.ps()).models,
    version: (await client.version()).version,
    unknownModel: await failure(() => client.chat({ model: 'nosuch', messages })),
    noEmbeddings: await failure(() => client.embed({ model, input: 'x' })),
  };
}

async function openai() {
  const client = new OpenAI({ baseURL: new URL('v1', endpoint).href, apiKey: secret, maxRetries: 0 });
  const usage = { include_usage: true };
  return {
    models: (await client.models.list()).data,
    model: await client.models.retrieve(model),
    completion: await client.completions.create({ model, prompt: 'one two three', max_tokens: 4 }),
    completionStream: await collect(
      await client.completions.create({ model, prompt: 'one', max_tokens: 4, stream: true, stream_options: usage }), part => part),
    chat: await client.chat.completions.create({ model, messages, max_completion_tokens: 4 }),
    chatStream: await collect(
      await client.chat.completions.create({ model, messages, max_tokens: 4, stream: true, stream_options: usage }), part => part),
    unknownModel: await failure(() => client.chat.completions.create({ model: 'nosuch', messages })),
    tooMany: await failure(() => client.completions.create({ model, prompt: 'one', n: 2 })),
    noEmbeddings: await failure(() => client.embeddings.create({ model, input: 'x' })),
  };
}

(async () => console.log(JSON.stringify({ ollama: await ollama(), openai: await openai() })))()
  .catch(error => {
    console.error(error);
    process.exit(1);
  });
