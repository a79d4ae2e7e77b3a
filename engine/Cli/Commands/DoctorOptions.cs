using System.ComponentModel;
using MemoryWall.Cli.Options;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall doctor</c>.</summary>
internal sealed class DoctorOptions : RunStoreOptions
{
    [CommandOption("--telemetry-from <LIST>")]
    [Description("Try exporters, and list the columns that they give: http://HOST:9100/metrics,http://HOST:9400/metrics")]
    public string? TelemetryFrom { get; init; }

    [CommandOption("--telemetry-key-variable <NAME>")]
    [Description(ExporterOptions.VariableDescription)]
    public string? TelemetryKeyVariable { get; init; }

    [CommandOption("--telemetry-key-file <FILE>")]
    [Description(ExporterOptions.FileDescription)]
    public string? TelemetryKeyFile { get; init; }

    [CommandOption("--allow-plain-http")]
    [Description("Allow the exporters' key to be sent over http without TLS to another machine")]
    public bool AllowPlainHttp { get; init; }
}
