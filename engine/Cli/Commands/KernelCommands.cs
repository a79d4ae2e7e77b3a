using System.ComponentModel;
using MemoryWall.Cli.Jupyter;
using MemoryWall.Core.Units;
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
        var spec = new KernelSpec(Path.Combine(JupyterFolders.GetKernelsFolder(), KernelSpec.Name));
        if (spec.Exists && !spec.IsWrittenByMemwall && !options.Force)
            throw new KernelException($"'{spec.FilePath}' was not written by memwall and stays as it is; --force replaces it");
        var library = await DotnetInteractiveTool.Find().EnsureLibraryAsync(Console.Error, cancellationToken).ConfigureAwait(false);
        spec.Write(DotnetHost.Program, library);
        Terminal.Out.WriteLine($"{KernelSpec.Name}: {spec.FilePath}");
        return ExitCodes.Success;
    }
}

/// <summary><c>memwall kernel uninstall</c>: removes what install wrote, and nothing else.</summary>
internal sealed class KernelUninstallCommand : Command
{
    public override int Execute(CommandContext context, CancellationToken cancellationToken)
    {
        var spec = new KernelSpec(Path.Combine(JupyterFolders.GetKernelsFolder(), KernelSpec.Name));
        if (!spec.Exists)
        {
            Terminal.Out.WriteLine($"there is no kernel at {spec.FilePath}");
            return ExitCodes.Success;
        }
        if (!spec.IsWrittenByMemwall)
            throw new KernelException($"'{spec.FilePath}' was not written by memwall and stays");
        spec.Remove();
        Terminal.Out.WriteLine($"removed {spec.FilePath}");
        return ExitCodes.Success;
    }
}

/// <summary><c>memwall kernel list</c>: this user's kernels, whose they are, and whether their program is there.</summary>
internal sealed class KernelListCommand : Command
{
    public override int Execute(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = JupyterFolders.GetKernelsFolder();
        var specs = Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(path => new KernelSpec(path))
                .Where(spec => spec.Exists).ToList()
            : [];
        if (specs.Count == 0)
            Terminal.Error.WriteLine($"there are no kernels in {folder}");
        foreach (var spec in specs)
        {
            var program = spec is { IsWrittenByMemwall: true, Program: { } path }
                ? $", {(File.Exists(path) ? path : $"{path} IS MISSING: install it again")}"
                : "";
            Terminal.Out.WriteLine(
                $"{Path.GetFileName(spec.Folder)}: {spec.DisplayName ?? NumberFormat.Absent} ({(spec.IsWrittenByMemwall ? "memwall's" : "not memwall's")}{program})");
        }
        return ExitCodes.Success;
    }
}
