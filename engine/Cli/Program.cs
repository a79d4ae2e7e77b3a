using MemoryWall.Cli;

using var stop = new ShutdownSignals();
return await MemwallApp.RunAsync(args, stop.Token).ConfigureAwait(false);
