// A program that was written for the TIM C API, in the manner of the wrappers that games have: text
// marshalled as "ANSI" both ways, user data that are the addresses of random strings, one static
// delegate for all answers, buffers that are StringBuilders, an app id that is a long. It knows
// names, signatures and JSON keys of the API, and nothing of Banter but the server's address.
//
//   mono Wrapper.exe NAMES_FILE SERVER_HOST SERVER_PORT APP_ID FOLDER USER TICKET
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Newtonsoft.Json.Linq;

delegate void CommonValueCallback(int code, [MarshalAs(UnmanagedType.LPStr)] string desc,
    [MarshalAs(UnmanagedType.LPStr)] string json_param, IntPtr user_data);
delegate void NetworkStatusListenerCallback(int status, int code, [MarshalAs(UnmanagedType.LPStr)] string desc, IntPtr user_data);
delegate void PlainCallback(IntPtr user_data);
delegate int LoginStatusFunction();

static class IMNative
{
    const string Library = "ImSDK";

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, CharSet = CharSet.Ansi)]
    internal static extern int TIMInit(long sdk_app_id, string json_sdk_config);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    internal static extern int TIMUninit();
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    internal static extern IntPtr TIMGetSDKVersion();
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, CharSet = CharSet.Ansi)]
    internal static extern int TIMLogin(string user_id, string user_sig, CommonValueCallback cb, IntPtr user_data);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    internal static extern int TIMLogout(CommonValueCallback cb, IntPtr user_data);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    internal static extern int TIMGetLoginUserID(StringBuilder user_id);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, CharSet = CharSet.Ansi)]
    internal static extern int TIMSetConfig(string json_config, CommonValueCallback cb, IntPtr user_data);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, CharSet = CharSet.Ansi)]
    internal static extern int TIMMsgSendMessage(string conv_id, int conv_type, string json_msg_param, StringBuilder message_id,
        CommonValueCallback cb, IntPtr user_data);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, CharSet = CharSet.Ansi)]
    internal static extern int callExperimentalAPI(string json_param, CommonValueCallback cb, IntPtr user_data);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    internal static extern void TIMSetNetworkStatusListenerCallback(NetworkStatusListenerCallback cb, IntPtr user_data);
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    internal static extern void TIMSetKickedOfflineCallback(PlainCallback cb, IntPtr user_data);
}

static class Loader
{
    [DllImport("libdl.so.2")]
    internal static extern IntPtr dlopen(string path, int flags);
    [DllImport("libdl.so.2")]
    internal static extern IntPtr dlsym(IntPtr library, string name);
}

static class Wrapper
{
    const string Text = "中文 한국어 😀";

    static readonly CommonValueCallback answer = OnAnswer;
    static readonly NetworkStatusListenerCallback network = OnNetwork;
    static readonly PlainCallback kicked = OnKicked;
    static readonly Dictionary<string, Action<int, string, string>> waiting = new Dictionary<string, Action<int, string, string>>();
    static readonly AutoResetEvent answered = new AutoResetEvent(false);
    static readonly ManualResetEvent connected = new ManualResetEvent(false);
    static string networkData = "";

    static void OnAnswer(int code, string desc, string json_param, IntPtr user_data)
    {
        Thread.CurrentThread.IsBackground = true;
        var key = Marshal.PtrToStringAnsi(user_data);
        Marshal.FreeHGlobal(user_data);
        Action<int, string, string> run;
        lock (waiting)
        {
            run = waiting[key];
            waiting.Remove(key);
        }
        run(code, desc, json_param);
        answered.Set();
    }

    static void OnNetwork(int status, int code, string desc, IntPtr user_data)
    {
        networkData = Marshal.PtrToStringAnsi(user_data);
        if (status == 0) connected.Set();
    }

    static void OnKicked(IntPtr user_data)
    {
    }

    static IntPtr RandomUserData(Action<int, string, string> run)
    {
        var key = Guid.NewGuid().ToString("N");
        lock (waiting) waiting.Add(key, run);
        return Marshal.StringToHGlobalAnsi(key);
    }

    /// <summary>Makes a call and returns its answer's JSON.</summary>
    static string Ask(string what, int want, Func<IntPtr, int> call)
    {
        string json = null;
        var got = -1;
        var result = call(RandomUserData((code, desc, param) =>
        {
            got = code;
            json = param;
        }));
        Expect(what + "'s result", 0, result);
        if (!answered.WaitOne(20000)) throw new TimeoutException(what);
        Expect(what + "'s code", want, got);
        return json;
    }

    static void Expect<T>(string what, T want, T got)
    {
        if (!EqualityComparer<T>.Default.Equals(want, got)) throw new Exception(what + " is " + got + ", not " + want);
    }

    static int Main(string[] args)
    {
        FindAll(File.ReadAllLines(args[0]));
        Expect("the version", "8.6.1", Marshal.PtrToStringAnsi(IMNative.TIMGetSDKVersion()));
        IMNative.TIMSetNetworkStatusListenerCallback(network, Marshal.StringToHGlobalAnsi("the game's own"));
        IMNative.TIMSetKickedOfflineCallback(kicked, IntPtr.Zero);
        Ask("the server's address", 0, data => IMNative.callExperimentalAPI(ServerInfo(args[1], int.Parse(args[2])).ToString(), answer, data));
        var config = new JObject { { "sdk_config_config_file_path", Path.Combine(args[4], Text) }, { "sdk_config_log_file_path", args[4] } };
        Expect("TIMInit", 0, IMNative.TIMInit(long.Parse(args[3]), config.ToString()));
        if (!connected.WaitOne(20000)) throw new TimeoutException("no connection");
        Expect("the listener's user data", "the game's own", networkData);
        Expect("the folder is there", true, Directory.Exists(Path.Combine(args[4], Text)));
        Ask("TIMLogin", 0, data => IMNative.TIMLogin(args[5], args[6], answer, data));
        UseIt(args[5]);
        Ask("TIMLogout", 0, data => IMNative.TIMLogout(answer, data));
        Expect("TIMUninit", 0, IMNative.TIMUninit());
        Console.WriteLine("done");
        return 0;
    }

    /// <summary>Finds every function as a loader does that does not link.</summary>
    static void FindAll(string[] names)
    {
        var library = Loader.dlopen(Path.Combine(AppDomain.CurrentDomain.BaseDirectory, "libImSDK.so"), 2);
        Expect("the library is loaded", true, library != IntPtr.Zero);
        foreach (var name in names) Expect(name + " is there", true, Loader.dlsym(library, name) != IntPtr.Zero);
        var status = (LoginStatusFunction)Marshal.GetDelegateForFunctionPointer(Loader.dlsym(library, "TIMGetLoginStatus"), typeof(LoginStatusFunction));
        Expect("the status", 3, status());
    }

    static JObject ServerInfo(string host, int port)
    {
        var address = new JObject { { "server_address_ip", host }, { "server_address_port", port }, { "server_address_is_ipv6", false } };
        return new JObject
        {
            { "request_internal_operation", "internal_operation_set_custom_server_info" },
            { "request_set_custom_server_info_param", new JObject
                {
                    { "longconnection_address_array", new JArray(address) },
                    { "server_public_key", "" },
                }
            },
        };
    }

    static void UseIt(string user)
    {
        var buffer = new StringBuilder(128);
        Expect("TIMGetLoginUserID", 0, IMNative.TIMGetLoginUserID(buffer));
        Expect("the user id", user, buffer.ToString());
        var proxy = new JObject { { "socks5_proxy_info_ip", "127.0.0.1" }, { "socks5_proxy_info_port", 1 }, { "socks5_proxy_info_username", Text } };
        var settings = Ask("TIMSetConfig", 0,
            data => IMNative.TIMSetConfig(new JObject { { "set_config_socks5_proxy_info", proxy } }.ToString(), answer, data));
        Expect("the proxy's user", Text, (string)JObject.Parse(settings)["set_config_socks5_proxy_info"]["socks5_proxy_info_username"]);
        var text = new JObject { { "elem_type", 0 }, { "text_elem_content", Text } };
        var message = new JObject { { "message_elem_array", new JArray(text) } };
        var messageId = new StringBuilder(128);
        var failed = Ask("TIMMsgSendMessage to nobody", 20003,
            data => IMNative.TIMMsgSendMessage("nobody", 1, message.ToString(), messageId, answer, data));
        Expect("the message's id", messageId.ToString(), (string)JObject.Parse(failed)["message_msg_id"]);
        Expect("its text", Text, (string)JObject.Parse(failed)["message_elem_array"][0]["text_elem_content"]);
    }
}
