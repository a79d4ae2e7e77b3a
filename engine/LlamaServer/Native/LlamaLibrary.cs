using System.Reflection;
using System.Runtime.InteropServices;
using LLama.Exceptions;
using LLama.Native;

namespace MemoryWall.LlamaServer.Native;

/// <summary>Loads the build of llama.cpp that fits this processor best, and describes it.</summary>
internal static class LlamaLibrary
{
    private const string Backend = "LLamaSharp.Backend";

    /// <summary>Loads the library.</summary>
    /// <exception cref="NativeLibraryMissingException">It cannot be loaded; the message names what is missing.</exception>
    public static void Load(NativeLog log)
    {
        NativeLibraryConfig.All.WithLogCallback(log.Write);
        try
        {
            NativeApi.llama_empty_call();
        }
        catch (Exception error)
            when (error is RuntimeError or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            throw new NativeLibraryMissingException(DescribeLoadError(error));
        }
    }

    /// <summary>llama.cpp's own library, for functions that LLamaSharp does not expose.</summary>
    public static nint LoadLlama() =>
        NativeLibrary.Load(FindLoadedPath(name => name.StartsWith("libllama.", StringComparison.Ordinal) || name == "llama.dll")
            ?? throw new InvalidOperationException("llama.cpp is not loaded"));

    /// <summary>ggml's base library, for functions that LLamaSharp does not expose.</summary>
    public static nint LoadGgml() =>
        NativeLibrary.Load(FindLoadedPath("ggml-base") ?? throw new InvalidOperationException("llama.cpp is not loaded"));

    /// <summary>A function of one of ggml's libraries.</summary>
    /// <exception cref="InvalidOperationException">None of them has it.</exception>
    public static nint FindGgmlExport(string name)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        foreach (var module in process.Modules.Cast<System.Diagnostics.ProcessModule>())
            if (Path.GetFileName(module.FileName).Contains("ggml", StringComparison.Ordinal)
                && NativeLibrary.TryGetExport(NativeLibrary.Load(module.FileName), name, out var function))
                return function;
        throw new InvalidOperationException($"ggml has no function {name}");
    }

    /// <summary>Details of the loaded library by name, for the run's manifest.</summary>
    public static Dictionary<string, string> Describe()
    {
        var details = new Dictionary<string, string>
        {
            ["packages"] = typeof(LlamaLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .FirstOrDefault(data => data.Key == "package")?.Value ?? "unknown",
            ["system_info"] = Marshal.PtrToStringUTF8(NativeApi.llama_print_system_info())?.Trim() ?? "",
            ["omp_wait_policy"] = OpenMpWaitPolicy.Current,
        };
        if (OpenMpWaitPolicy.SpinCount is { Length: > 0 } spins)
            details["gomp_spincount"] = spins;
        if (FindLoadedPath("ggml-base") is { } path)
        {
            details["native_build"] = Path.GetFileName(Path.GetDirectoryName(path)) ?? "";
            var library = NativeLibrary.Load(path);
            AddText(details, "ggml_version", library, "ggml_version");
            AddText(details, "ggml_commit", library, "ggml_commit");
        }
        return details;
    }

    private static unsafe void AddText(Dictionary<string, string> details, string name, nint library, string export)
    {
        if (NativeLibrary.TryGetExport(library, export, out var function))
            details[name] = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)function)()) ?? "";
    }

    private static string? FindLoadedPath(string library) => FindLoadedPath(name => name.Contains(library, StringComparison.Ordinal));

    private static string? FindLoadedPath(Func<string, bool> isMeant)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.Modules.Cast<System.Diagnostics.ProcessModule>()
            .Select(module => module.FileName)
            .FirstOrDefault(path => isMeant(Path.GetFileName(path)));
    }

    private static string DescribeLoadError(Exception error)
    {
        var hint = OperatingSystem.IsLinux() && !NativeLibrary.TryLoad("libgomp.so.1", out _)
            ? "the OpenMP runtime libgomp.so.1 is missing; install it with 'apt-get install libgomp1' (Debian, Ubuntu) "
                + "or 'dnf install libgomp' (Fedora)"
            : $"{Backend} has no build for this system, or a library that it needs is missing "
                + $"({error.GetBaseException().Message.ReplaceLineEndings(" ")})";
        return $"llama.cpp cannot be loaded: {hint}";
    }
}

/// <summary>llama.cpp cannot be loaded.</summary>
internal sealed class NativeLibraryMissingException(string message) : Exception(message);
