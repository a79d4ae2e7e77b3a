using System.Globalization;

namespace MemoryWall.Notebooks.Tests;

/// <summary>
/// A culture with a decimal comma and another minus sign, which a kernel may have. It is constructed here because the tests run in
/// invariant mode.
/// </summary>
internal static class CommaCulture
{
    public static T Run<T>(Func<T> work)
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.NegativeSign = "−";
        CultureInfo.CurrentCulture = comma;
        try
        {
            return work();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
