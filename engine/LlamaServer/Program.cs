using MemoryWall.LlamaServer;
using MemoryWall.LlamaServer.Native;

WaitPolicy.Ensure(args);
return await Server.RunAsync(args).ConfigureAwait(false);
