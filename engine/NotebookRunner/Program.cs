using MemoryWall.NotebookRunner;

return await App.RunAsync(args).ConfigureAwait(false);
