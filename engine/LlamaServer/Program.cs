using MemoryWall.LlamaServer;
using MemoryWall.LlamaServer.Native;

OpenMpWaitPolicy.EnsurePassive(args);
return await Server.RunAsync(args).ConfigureAwait(false);
