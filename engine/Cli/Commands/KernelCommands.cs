using System.ComponentModel;
using MemoryWall.Cli.Kernels;
using MemoryWall.Cli.Views;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall kernel install</c>.</summary>
internal sealed class KernelInstallOptions : CommandSettings
{
    [CommandOption("--force")]
    [Description("Replace a kernel of that name that memwall did not write")]
    public bool Force { get; init; }
}

/// <summary><c>memwall kernel install</c>: lets Jupyter clients, VS Code's among them, open the notebooks.</summary>
internal sealed class KernelInstallCommand : AsyncCommand<KernelInstallOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, KernelInstallOptions options, CancellationToken cancellationToken)
    {
        var spec = new KernelSpec(Path.Combine(JupyterFolders.Kernels(), KernelSpec.Name));
        if (spec.Exists && !spec.IsOurs && !options.Force)
            throw new KernelException($"'{spec.File}' was not written by memwall and stays as it is; --force replaces it");
        var library = await InteractiveTool.Find().LibraryAsync(Console.Error, cancellationToken).ConfigureAwait(false);
        spec.Write(DotnetHost.Program, library);
        Terminal.Out.WriteLine($"{KernelSpec.Name}: {spec.File}");
        return ExitCodes.Success;
    }
}

/// <summary><c>memwall kernel uninstall</c>: removes what install wrote, and nothing else.</summary>
internal sealed class KernelUninstallCommand : Command
{
    public override int Execute(CommandContext context, CancellationToken cancellationToken)
    {
        var spec = new KernelSpec(Path.Combine(JupyterFolders.Kernels(), KernelSpec.Name));
        if (!spec.Exists)
        {
            Terminal.Out.WriteLine($"there is no kernel at {spec.File}");
            return ExitCodes.Success;
        }
        if (!spec.IsOurs)
            throw new KernelException($"'{spec.File}' was not written by memwall and stays");
        spec.Remove();
        Terminal.Out.WriteLine($"removed {spec.File}");
        return ExitCodes.Success;
    }
}

/// <summary><c>memwall kernel list</c>: this user's kernels, whose they are, and whether their program is there.</summary>
internal sealed class KernelListCommand : Command
{
    public override int Execute(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = JupyterFolders.Kernels();
        var specs = Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(path => new KernelSpec(path)).Where(spec => spec.Exists).ToList() : [];
        if (specs.Count == 0)
            Terminal.Error.WriteLine($"there are no kernels in {folder}");
        foreach (var spec in specs)
        {
            var program = spec is { IsOurs: true, Program: { } path } ? $", {(File.Exists(path) ? path : $"{path} IS MISSING: install it again")}" : "";
            Terminal.Out.WriteLine($"{Path.GetFileName(spec.Folder)}: {spec.DisplayName ?? Cells.Absent} ({(spec.IsOurs ? "memwall's" : "not memwall's")}{program})");
        }
        return ExitCodes.Success;
    }
}
