using MemoryWall.Cli;
using MemoryWall.Cli.Host;

using var stop = new ShutdownSignals();
return await MemwallApp.RunAsync(args, stop.Token).ConfigureAwait(false);
