using MemoryWall.NotebookRunner;

return await NotebookRunnerApp.RunAsync(args).ConfigureAwait(false);
