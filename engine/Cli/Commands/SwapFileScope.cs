using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using Spectre.Console;

namespace MemoryWall.Cli.Commands;

/// <summary>Cleans up after engines that died, makes the swap file that was asked for, and removes it at the end.</summary>
internal sealed class SwapFileScope : IAsyncDisposable
{
    private readonly SwapFile? _file;

    private SwapFileScope(SwapFile? file) => _file = file;

    /// <summary>Opens the scope.</summary>
    /// <param name="size">The size as it was asked for; null for no file.</param>
    /// <param name="folder">Where the file goes; it must exist.</param>
    /// <param name="cancellation">Stops the making.</param>
    /// <exception cref="FormatException">The size cannot be read.</exception>
    /// <exception cref="CapException">The file could not be made.</exception>
    public static async Task<SwapFileScope> OpenAsync(string? size, string folder, CancellationToken cancellation)
    {
        foreach (var removed in (await MemoryCapFactory.CleanLeftoversAsync().ConfigureAwait(false)).Concat(
            await SwapFile.CleanLeftoversAsync(folder).ConfigureAwait(false)))
            Terminal.Error.WriteLine($"left behind by a run that was killed, removed: {removed}");
        if (size is null)
            return new SwapFileScope(null);
        if (!ByteSize.TryParse(size, out var bytes))
            throw new FormatException($"--with-swap-file: '{size}' is not a size; write for example 4G");
        Directory.CreateDirectory(folder);
        var file = await SwapFile.CreateAsync(folder, bytes, cancellation).ConfigureAwait(false);
        Terminal.Error.WriteLine($"swap file {file.Path} ({file.Size}) is in use until the end");
        return new SwapFileScope(file);
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;
}
