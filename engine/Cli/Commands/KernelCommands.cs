using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Jupyter;
using MemoryWall.Reporting.Formats;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall kernel install</c>.</summary>
internal sealed class KernelInstallOptions : CommandSettings
{
    [CommandOption("--force")]
    [Description("Replace a kernel of this name that memwall did not write")]
    public bool Force { get; init; }
}

/// <summary><c>memwall kernel install</c>: lets Jupyter clients and VS Code run the notebooks.</summary>
internal sealed class KernelInstallCommand : AsyncCommand<KernelInstallOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, KernelInstallOptions options, CancellationToken cancellationToken)
    {
        var spec = new KernelSpec(Path.Combine(JupyterFolders.GetKernelsFolder(), KernelSpec.Name));
        if (spec.Exists && !spec.IsWrittenByMemwall && !options.Force)
            throw new KernelException($"'{spec.FilePath}' was not written by memwall; --force replaces it");
        var library = await DotnetInteractiveTool.Find().EnsureLibraryAsync(Console.Error, cancellationToken).ConfigureAwait(false);
        spec.Write(DotnetHost.Program, library);
        Terminal.Out.WriteLine($"{KernelSpec.Name}: {spec.FilePath}");
        return ExitCodes.Success;
    }
}

/// <summary><c>memwall kernel uninstall</c>: removes the kernel that <c>install</c> wrote.</summary>
internal sealed class KernelUninstallCommand : Command
{
    public override int Execute(CommandContext context, CancellationToken cancellationToken)
    {
        var spec = new KernelSpec(Path.Combine(JupyterFolders.GetKernelsFolder(), KernelSpec.Name));
        if (!spec.Exists)
        {
            Terminal.Out.WriteLine($"There is no kernel at {spec.FilePath}.");
            return ExitCodes.Success;
        }
        if (!spec.IsWrittenByMemwall)
            throw new KernelException($"'{spec.FilePath}' was not written by memwall and is kept");
        spec.Remove();
        Terminal.Out.WriteLine($"removed {spec.FilePath}");
        return ExitCodes.Success;
    }
}

/// <summary><c>memwall kernel list</c>: this user's kernels, who wrote them, and whether their program exists.</summary>
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
            Terminal.Error.WriteLine($"There are no kernels in {folder}.");
        foreach (var spec in specs)
        {
            var program = spec is { IsWrittenByMemwall: true, Program: { } path }
                ? $", {path}{(File.Exists(path) ? "" : ", which is missing: run memwall kernel install again")}"
                : "";
            var name = $"{Path.GetFileName(spec.Folder)}: {spec.DisplayName ?? NumberFormat.Absent}";
            Terminal.Out.WriteLine($"{name} ({(spec.IsWrittenByMemwall ? "" : "not ")}written by memwall{program})");
        }
        return ExitCodes.Success;
    }
}
