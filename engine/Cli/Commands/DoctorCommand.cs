using System.Runtime.InteropServices;
using System.Text.Json;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Jupyter;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Units;
using MemoryWall.Export.Pictures;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Models.Synthetic;
using MemoryWall.Reporting.Formats;
using MemoryWall.Runs;
using MemoryWall.Runs.Json;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Exporters;
using MemoryWall.Targets.Http;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall doctor</c>: checks what is installed here, and what each missing part would add.</summary>
internal sealed class DoctorCommand : AsyncCommand<DoctorOptions>
{
    private static readonly TimeSpan s_queryTimeout = TimeSpan.FromSeconds(3);

    public override async Task<int> ExecuteAsync(CommandContext context, DoctorOptions options, CancellationToken cancellationToken)
    {
        // Read first, so that a mistake of the command line is found at once.
        var exporters = ExporterOptions.Parse(options.TelemetryFrom) ?? [];
        var connection = ExporterOptions.Connect(options.TelemetryKeyVariable, options.TelemetryKeyFile, options.AllowPlainHttp);
        var machine = MachineReader.Read();
        var checks = new List<Check>
        {
            Check.Ok("system", $"{machine.OperatingSystem}, {machine.Architecture}, {RuntimeInformation.FrameworkDescription}"),
            Check.Ok("processor", $"{machine.CpuModel ?? "unknown model"}, {FormatCores(machine.AvailableCores)}"),
            Check.Ok("memory", FormatMemory(machine)),
            machine.SwapTotalBytes is > 0
                ? Check.Ok("swap", FormatBytes(machine.SwapTotalBytes))
                : Check.Missing("swap", "no swap space",
                    "When memory runs out, a standard system is killed. With swap it would slow down instead. " + DescribeAddingSwap()),
            await CheckCapsAsync().ConfigureAwait(false),
            CheckEmbeddedServer(),
        };
        if (OperatingSystem.IsLinux())
            checks.Add(NativeLibrary.TryLoad("libgomp.so.1", out _)
                ? Check.Ok("libgomp1", "found")
                : Check.Missing("libgomp1", "not found",
                    "The embedded server needs it: apt-get install libgomp1, or dnf install libgomp."));
        checks.Add(CheckModelCache());
        checks.Add(CheckFolder("runs", RunsDirectory.Resolve(options.Runs)));
        checks.Add(machine.Gpus.Count > 0
            ? Check.Ok("accelerators", string.Join("; ", machine.Gpus.Select(gpu => $"{gpu.Name} {FormatBytes(gpu.MemoryBytes)}")))
            : Check.Missing("accelerators", "no GPU found",
                "To use one, install its driver, build with -p:LlamaBackend=cuda12 or vulkan, and set --gpu-layers."));
        checks.Add(await CheckOllamaAsync(cancellationToken).ConfigureAwait(false));
        checks.Add(Browser.Find() is { } browser
            ? Check.Ok("browser", browser.Program)
            : Check.Missing("browser", "no Chromium, Google Chrome or Microsoft Edge found",
                $"With one, --pdf prints pages and export draws PNG pictures. {Browser.Variable} names another path."));
        checks.AddRange(CheckNotebookExtension());
        checks.AddRange(TelemetrySources.Describe().Select(source => source.IsAvailable
            ? Check.Ok($"telemetry {source.Name}", $"{WordFormat.Count(source.Columns.Count, "column")}, {source.Cost}: {source.Intrusion}")
            : Check.Missing($"telemetry {source.Name}", source.Reason ?? "not available",
                source.Remedy ?? "Nothing enables it on this machine.")));
        checks.AddRange(await CheckExportersAsync(exporters, connection, cancellationToken).ConfigureAwait(false));
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(checks.Select(check => new
            {
                check.Name,
                State = check.Hint is null ? "ok" : "missing",
                check.Detail,
                check.Hint,
            }), FactsJson.Indented));
        else
            Write(checks);
        return ExitCodes.Success;
    }

    private static void Write(IEnumerable<Check> checks)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var check in checks)
            grid.AddRow(new Text(check.Hint is null ? "ok" : "missing"), new Text(check.Name),
                new Text(check.Hint is null ? check.Detail : $"{check.Detail}. {WordFormat.Capitalize(check.Hint)}"));
        Terminal.Out.Write(grid);
    }

    // The doctor changes nothing; it only names the commands.
    private static string DescribeAddingSwap() => OperatingSystem.IsLinux()
        ? "For one run, as root: --with-swap-file 4G, which memwall removes again. "
            + $"By hand: {SwapFile.DescribeManualSetup(new ByteSize(4 * ByteSize.GiB))}"
        : "This system manages its page file itself.";

    private static string FormatCores(int? cores) => cores is { } known
        ? WordFormat.Count(known, "physical core") + " available"
        : "number of physical cores unknown";

    private static string FormatMemory(MachineFacts machine)
    {
        var limit = machine.MemoryLimitBytes is { } bytes ? $", limited to {new ByteSize(bytes)}" : "";
        return $"{FormatBytes(machine.MemoryTotalBytes)}, {FormatBytes(machine.MemoryAvailableBytes)} available{limit}";
    }

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
        var models = await TargetModels.ListAsync(TargetProtocol.Ollama,
            new TargetSetup { Endpoint = new Uri("http://localhost:11434"), Model = "" }, limit.Token).ConfigureAwait(false);
        return models is null
            ? Check.Missing("Ollama", "not running (localhost:11434)", "With it you can measure your own models.")
            : Check.Ok("Ollama", $"running (localhost:11434), {WordFormat.Count(models.Count, "model")}");
    }

    private static async Task<IEnumerable<Check>> CheckExportersAsync(IReadOnlyList<ExporterAddress> addresses,
        ConnectionOptions connection, CancellationToken cancellation)
    {
        var clock = RunClock.Start();
        var found = await ExporterDiscovery.FindAsync(addresses, connection, clock, cancellation).ConfigureAwait(false);
        return found.Select(finding => finding.Exporter is { } exporter
            ? Check.Ok($"exporter {finding.Address}", DescribeExporter(exporter, clock))
            : Check.Missing($"exporter {finding.Address}", finding.Problem!,
                "With it the target's machine is seen, where its own readings cannot be."));
    }

    private static string DescribeExporter(DiscoveredExporter exporter, RunClock clock)
    {
        var offset = ClockOffset.Describe(ClockOffset.Estimate(exporter.First, clock));
        // The columns of single processors are all alike.
        var cores = exporter.Columns.Count(column => CoreColumns.IsMatch(column.Name));
        var names = exporter.Columns.Where(column => !CoreColumns.IsMatch(column.Name)).Select(column => exporter.Prefix + column.Name);
        return $"{exporter.Title}, {WordFormat.Count(exporter.Columns.Count, "column")}, {offset}: "
            + string.Join(", ", cores == 0 ? names : names.Append($"{exporter.Prefix}cpu<n>_busy_seconds_total of {cores} processors"));
    }

    private static IEnumerable<Check> CheckNotebookExtension()
    {
        var broken = StrayToolManifests.InExtension();
        if (broken.Count > 0)
            yield return Check.Missing("VS Code notebooks", $"{broken[0]} is where the extension does not look for it",
                "The extension worked once and fails from now on. Move the file into a folder .config beside it.");
        else if (StrayToolManifests.HasExtension)
            yield return Check.Ok("VS Code notebooks", "the extension has its tool manifest");
        if (Checkout.Find() is { } checkout && StrayToolManifests.InCheckout(checkout) is [var stray, ..])
            yield return Check.Missing("tool manifest", $"{stray} is a second one",
                "The checkout's own is in .config. Remove this file, which may name another version of the tool.");
    }

    private static Check CheckModelCache()
    {
        const string Name = "model cache";
        try
        {
            return CheckFolder(Name, SyntheticModelCache.EnsureDefaultFolder());
        }
        catch (IOException error)
        {
            return Check.Missing(Name, "cannot be used", error.Message);
        }
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

    private static string FormatBytes(long? bytes) => bytes is { } value ? new ByteSize(value).ToString() : "unknown";

    /// <param name="Name">What was checked.</param>
    /// <param name="Detail">What was found.</param>
    /// <param name="Hint">What the missing part would add, in sentences; null where nothing is missing.</param>
    private sealed record Check(string Name, string Detail, string? Hint)
    {
        public static Check Ok(string name, string found) => new(name, found, null);

        public static Check Missing(string name, string found, string adds) => new(name, found, adds);
    }
}
