using System.Runtime.InteropServices;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall doctor</c>: what is here, and what each missing thing would add.</summary>
internal sealed class DoctorCommand : AsyncCommand<RunStoreOptions>
{
    private static readonly TimeSpan s_queryTimeout = TimeSpan.FromSeconds(3);

    public override async Task<int> ExecuteAsync(CommandContext context, RunStoreOptions options, CancellationToken cancellationToken)
    {
        var machine = MachineReader.Read();
        var checks = new List<Check>
        {
            Check.Ok("system", $"{machine.OperatingSystem}, {machine.Architecture}, {RuntimeInformation.FrameworkDescription}"),
            Check.Ok("processor",
                $"{machine.CpuModel ?? "unknown"}, {machine.AvailableCores?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"} physical cores available"),
            Check.Ok("memory",
                $"{FormatBytes(machine.MemoryTotalBytes)}, {FormatBytes(machine.MemoryAvailableBytes)} available{(machine.MemoryLimitBytes is { } limit ? $", limited to {new ByteSize(limit)}" : "")}"),
            machine.SwapTotalBytes is > 0
                ? Check.Ok("swap", FormatBytes(machine.SwapTotalBytes))
                : Check.Missing("swap", "none",
                    $"with swap a standard system thrashes where without it it is killed. {DescribeAddingSwap()}"),
            await CheckCapsAsync().ConfigureAwait(false),
            CheckEmbeddedServer(),
        };
        if (OperatingSystem.IsLinux())
            checks.Add(NativeLibrary.TryLoad("libgomp.so.1", out _)
                ? Check.Ok("libgomp1", "found")
                : Check.Missing("libgomp1", "not found",
                    "the embedded default cannot run without it: apt-get install libgomp1, or dnf install libgomp"));
        checks.Add(CheckFolder("model cache", SyntheticModelCache.EnsureDefaultFolder()));
        checks.Add(CheckFolder("runs", RunsDirectory.Resolve(options.Runs)));
        checks.Add(machine.Gpus.Count > 0
            ? Check.Ok("accelerators", string.Join("; ", machine.Gpus.Select(gpu => $"{gpu.Name} {FormatBytes(gpu.MemoryBytes)}")))
            : Check.Missing("accelerators", "none found",
                "a GPU and its driver; then build with -p:LlamaBackend=cuda12 or vulkan and use --gpu-layers"));
        checks.Add(await CheckOllamaAsync(cancellationToken).ConfigureAwait(false));
        checks.Add(CheckProgram("Chromium", ["chromium", "chromium-browser", "google-chrome"], "looking at reports without a desktop"));
        checks.AddRange(TelemetrySources.Describe().Select(source => source.IsAvailable
            ? Check.Ok($"telemetry: {source.Name}", $"{source.Columns.Count} columns, {source.Cost}: {source.Intrusion}")
            : Check.Missing($"telemetry: {source.Name}", source.Reason ?? "not available",
                source.Remedy ?? "Nothing would enable it here")));
        foreach (var check in checks)
            Terminal.Out.WriteLine(check.ToString());
        return ExitCodes.Success;
    }

    // Nothing is changed without being asked: here it is only said.
    private static string DescribeAddingSwap() => OperatingSystem.IsLinux()
        ? $"For one run, as root: --with-swap-file 4G, which is always removed. By hand: {SwapFile.DescribeManualSetup(new ByteSize(4 * ByteSize.GiB))}"
        : "this system manages its page file itself";

    private static async Task<Check> CheckCapsAsync()
    {
        var support = await MemoryCapFactory.ProbeAsync().ConfigureAwait(false);
        return support.Kind is { } kind
            ? Check.Ok("memory caps", $"permitted ({kind})")
            : Check.Missing("memory caps", "not permitted", support.Refusal ?? "");
    }

    private static Check CheckEmbeddedServer()
    {
        try
        {
            return Check.Ok("embedded server", EmbeddedServer.ProgramPath());
        }
        catch (EmbeddedServerException error)
        {
            return Check.Missing("embedded server", "not found", error.Message);
        }
    }

    private static async Task<Check> CheckOllamaAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_queryTimeout);
        var models = await TargetModels.ListAsync(new Uri("http://localhost:11434"), new ConnectionOptions(), limit.Token)
            .ConfigureAwait(false);
        return models is null
            ? Check.Missing("Ollama", "does not answer at localhost:11434", "sweeps of the models that you have there")
            : Check.Ok("Ollama", $"answers at localhost:11434 with {models.Count} models");
    }

    private static Check CheckFolder(string name, string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return Check.Ok(name, $"{path}, {new ByteSize(new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace)} free");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Check.Missing(name, $"{path} cannot be used", error.Message);
        }
    }

    private static Check CheckProgram(string name, string[] files, string adds)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.SelectMany(
            folder => files.Select(file => Path.Combine(folder, OperatingSystem.IsWindows() ? file + ".exe" : file)))
            .FirstOrDefault(File.Exists);
        return found is null ? Check.Missing(name, "not found", adds) : Check.Ok(name, found);
    }

    private static string FormatBytes(long? bytes) => bytes is { } value ? new ByteSize(value).ToString() : "unknown";

    private sealed record Check(string Name, string Detail, string? Hint)
    {
        public static Check Ok(string name, string found) => new(name, found, null);

        public static Check Missing(string name, string found, string adds) => new(name, found, adds);

        public override string ToString() =>
            $"{(Hint is null ? "ok     " : "missing")} {Name}: {Detail}{(Hint is null ? "" : $". {Hint}")}";
    }
}
