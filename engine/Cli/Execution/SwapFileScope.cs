using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using Spectre.Console;

namespace MemoryWall.Cli.Execution;

/// <summary>Removes what killed runs left, creates the swap file of <c>--with-swap-file</c>, and removes it at the end.</summary>
internal sealed class SwapFileScope : IAsyncDisposable
{
    private readonly SwapFile? _file;

    private SwapFileScope(SwapFile? file) => _file = file;

    /// <summary>Opens the scope.</summary>
    /// <param name="size">The option's text; null for no swap file.</param>
    /// <param name="folder">Where the file is created.</param>
    /// <param name="cancellation">Stops the creation.</param>
    /// <exception cref="FormatException">The size cannot be read.</exception>
    /// <exception cref="CapException">The file cannot be created or used.</exception>
    public static async Task<SwapFileScope> OpenAsync(string? size, string folder, CancellationToken cancellation)
    {
        foreach (var removed in (await MemoryCapFactory.CleanLeftoversAsync().ConfigureAwait(false)).Concat(
            await SwapFile.CleanLeftoversAsync(folder).ConfigureAwait(false)))
            Terminal.Error.WriteLine($"removed what a killed run left: {removed}");
        if (size is null)
            return new SwapFileScope(null);
        var bytes = OptionParser.Parse("--with-swap-file", () => ByteSize.Parse(size));
        Directory.CreateDirectory(folder);
        var file = await SwapFile.CreateAsync(folder, bytes, cancellation).ConfigureAwait(false);
        Terminal.Error.WriteLine($"swap file {file.Path} ({file.Size}) is in use until the end");
        return new SwapFileScope(file);
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;
}
