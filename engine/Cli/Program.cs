using MemoryWall.Cli;

using var stop = new StopOnRequest();
return await App.RunAsync(args, stop.Token).ConfigureAwait(false);
